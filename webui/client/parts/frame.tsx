/** What is around every page: masthead with the health of the stack, navigation, banners. */
import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
} from '@patternfly/react-core/dist/esm/components/Masthead/index.js';
import { Nav, NavItem, NavList } from '@patternfly/react-core/dist/esm/components/Nav/index.js';
import {
  Page,
  PageSection,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
} from '@patternfly/react-core/dist/esm/components/Page/index.js';
import { SkipToContent } from '@patternfly/react-core/dist/esm/components/SkipToContent/index.js';
import { BarsIcon } from '@patternfly/react-icons/dist/esm/icons/bars-icon.js';
import type { ReactNode } from 'react';
import { useLive } from '../live/live.tsx';
import { follow, usePath } from '../router.tsx';
import { HEALTH } from '../words/words.ts';
import { Announcer } from './announcer.tsx';
import { Banners } from './banners.tsx';
import { Freshness } from './freshness.tsx';
import { ThemeMenu } from './theme-menu.tsx';
import { UserMenu } from './user-menu.tsx';
import { WordLabel } from './word.tsx';

const PLACES = [
  { path: '/stack/instances', text: 'Instances' },
  { path: '/stack/sessions', text: 'Sessions' },
  { path: '/stack/alerts', text: 'Alerts' },
  { path: '/stack/access', text: 'Users and tokens' },
  { path: '/stack/about', text: 'About and diagnostics' },
] as const;

export function Frame({ children }: { readonly children: ReactNode }): ReactNode {
  const path = usePath();
  const { state } = useLive();
  const { snapshot, contact } = state;
  const old = contact === 'disconnected' || snapshot?.engine.reachable === false;
  const masthead = (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label="Navigation">
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <a href="/stack/instances" onClick={follow('/stack/instances')} className="t-brand">
            <img src="/favicon.svg" alt="" width="24" height="24" /> Tandem
            <span className="t-dim"> {snapshot?.status?.stack ?? ''}</span>
          </a>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="t-masthead">
          {snapshot === null ? null : <WordLabel word={HEALTH[old ? 'unknown' : snapshot.headline.health]} large />}
          <Freshness />
          <span className="t-push" />
          <ThemeMenu />
          <UserMenu />
        </div>
      </MastheadContent>
    </Masthead>
  );
  const sidebar = (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Stack">
          <NavList>
            {PLACES.map(({ path: to, text }) => (
              <NavItem key={to} to={to} isActive={path.startsWith(to)} onClick={(event) => follow(to)(event as never)}>
                {text}
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
  return (
    <Page
      masthead={masthead}
      sidebar={sidebar}
      isManagedSidebar
      skipToContent={<SkipToContent href="#main">Skip to content</SkipToContent>}
      mainContainerId="main"
    >
      <PageSection isFilled className={old ? 't-main t-outdated' : 't-main'}>
        <Banners />
        {children}
      </PageSection>
      <Announcer />
    </Page>
  );
}
