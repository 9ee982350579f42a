/** What a trigger is named by in a path. */
export const triggerParams = { id: 'The trigger’s id.' } as const;
