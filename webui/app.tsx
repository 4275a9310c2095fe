// The app: its cache, its one stream, its pages.
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Route, Router, Switch } from 'wouter';
import { BASE } from './api/base.ts';
import { LiveProvider } from './api/live.tsx';
import { CreatePage } from './pages/create.tsx';
import { DeadPage } from './pages/dead.tsx';
import { GalleryPage } from './pages/gallery.tsx';
import { LanesPage } from './pages/lanes.tsx';
import { MissingPage } from './pages/missing.tsx';
import { SchedulesPage } from './pages/schedules.tsx';
import { StatsPage } from './pages/stats.tsx';
import { TaskPage } from './pages/task.tsx';
import { TasksPage } from './pages/tasks.tsx';
import { WorkersPage } from './pages/workers.tsx';
import { Announcer, useAnnouncer } from './parts/shell/announcer.tsx';
import { Boundary } from './parts/shell/boundary.tsx';
import { useFreshStart } from './parts/shell/fresh-start.ts';
import { Gate } from './parts/shell/gate.tsx';
import { Shell } from './parts/shell/shell.tsx';

export function App({ queries }: { queries: QueryClient }) {
  const [text, say] = useAnnouncer();
  return (
    <QueryClientProvider client={queries}>
      <Gate>
        <LiveProvider onEnded={say}>
          <Router base={BASE}>
            <Shell>
              <Boundary>
                <Pages />
              </Boundary>
            </Shell>
          </Router>
          <Announcer text={text} />
        </LiveProvider>
      </Gate>
    </QueryClientProvider>
  );
}

function Pages() {
  useFreshStart();
  return (
    <Switch>
      <Route path="/" component={CreatePage} />
      <Route path="/tasks" component={TasksPage} />
      <Route path="/tasks/:id">{({ id }) => <TaskPage key={id} taskId={id} />}</Route>
      <Route path="/gallery" component={GalleryPage} />
      <Route path="/schedules" component={SchedulesPage} />
      <Route path="/lanes" component={LanesPage} />
      <Route path="/workers" component={WorkersPage} />
      <Route path="/stats" component={StatsPage} />
      <Route path="/dead" component={DeadPage} />
      <Route component={MissingPage} />
    </Switch>
  );
}
