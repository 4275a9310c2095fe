// The public surface of the server: the app, and a whole server around it.

export { InvalidSettings } from '../queue/program/settings.ts';
export { type AppOptions, createApp } from './app.ts';
export { InvalidKeys, type Key, parseKeys, type Scope } from './auth/keys.ts';
export { readServerSettings, type ServerSettings } from './config.ts';
export { Hub, type HubOptions } from './hub/hub.ts';
export { CannotListen, type Listener, listen } from './listen.ts';
export { type RemoteOptions, RemoteWorkers } from './remote/remote-workers.ts';
export { webuiDir } from './routes/webapp.ts';
export { startServer } from './start.ts';
