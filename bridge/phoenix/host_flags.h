/*
 * Flags and events, by that system's numbers and by Linux's.
 */
#pragma once

#define PHOENIX_O_RDONLY 0x00001u
#define PHOENIX_O_WRONLY 0x00002u
#define PHOENIX_O_RDWR 0x00004u
#define PHOENIX_O_APPEND 0x00008u
#define PHOENIX_O_CREAT 0x00100u
#define PHOENIX_O_TRUNC 0x00200u
#define PHOENIX_O_EXCL 0x00400u
#define PHOENIX_O_SYNC 0x00800u
#define PHOENIX_O_NONBLOCK 0x01000u
#define PHOENIX_O_NOCTTY 0x02000u
#define PHOENIX_O_CLOEXEC 0x04000u
#define PHOENIX_O_RSYNC 0x08000u
#define PHOENIX_O_DSYNC 0x10000u

#define PHOENIX_POLLPRI 0x8u
#define PHOENIX_POLLERR 0x80u
#define PHOENIX_POLLHUP 0x100u
#define PHOENIX_POLLNVAL 0x200u

/* To Linux's; what is none of that system's flags is left out. */
int host_flags_of(unsigned int flags);
/* From Linux's. */
unsigned int host_flags_to_phoenix(int flags);
short host_events_of(unsigned int events);
unsigned int host_events_to_phoenix(short events);
