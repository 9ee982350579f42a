import type { CustomFetch } from 'openid-client';
import { wholeText } from '../rest/read-body.ts';

/** The answers of a provider are a few kilobytes. */
const longest = 256 * 1024;

/** Asks GitLab alone, follows no redirect, and takes no more than a provider may say. */
export const boundedFetch = (fetch: typeof globalThis.fetch, gitlabUrl: string): CustomFetch =>
  async function askProvider(url, options) {
    if (new URL(url).origin !== new URL(gitlabUrl).origin) throw new Error('not an address of GitLab');
    const { body = null, ...others } = options;
    const response = await fetch(url, { ...others, body, redirect: 'manual' });
    const text = await wholeText(response, longest);
    const { status, statusText } = response;
    const headers = new Headers(response.headers);
    // The text is decoded already.
    for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) headers.delete(name);
    const bodiless = [101, 103, 204, 205, 304].includes(status);
    return new Response(bodiless ? null : text, { status, statusText, headers });
  };
