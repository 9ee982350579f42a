/** Loaded into the process of a service (`node --import`): it ends when the tests that started it have ended, however they did. */
process.once('disconnect', () => process.exit());
// The service ends as it would by itself.
process.channel?.unref();
