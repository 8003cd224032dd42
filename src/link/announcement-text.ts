import type { Announcement } from '../registry/announcement.ts'
import type { AnnouncementText } from './messages.ts'

/** JSON knows neither sets nor undefined. */
export function announcementText ({ backendIds, endsAt, ...rest }: Announcement): AnnouncementText {
  return { ...rest, backendIds: backendIds === undefined ? null : [...backendIds], endsAt: endsAt ?? null }
}

export function announcementFrom ({ backendIds, endsAt, ...rest }: AnnouncementText): Announcement {
  return {
    ...rest,
    replacePrefix: rest.replacePrefix,
    backendIds: backendIds === null ? undefined : new Set(backendIds),
    endsAt: endsAt ?? undefined
  }
}
