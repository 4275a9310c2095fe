// The public surface of the server: the app, and a whole server around it.
export { type AppOptions, createApp } from './app.ts';
export { InvalidSettings, readServerSettings, type ServerSettings, serverSettings } from './config.ts';
export { NoDatabase } from './database.ts';
export { Hub, type HubOptions } from './hub/hub.ts';
export { CannotListen, type Listener, listen } from './listen.ts';
export { type RunningServer, startServer } from './start.ts';
