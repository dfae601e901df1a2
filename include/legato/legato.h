/*
 * Legato: all of it. Programs include this alone, and rely on the system's headers that come with
 * it.
 *
 * Source: docs/legato.md, "Headers"; the framework's legato.h.
 */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "le_args.h"
#include "le_basics.h"
#include "le_cdata.h"
#include "le_clock.h"
#include "le_config.h"
#include "le_doublyLinkedList.h"
#include "le_eventLoop.h"
#include "le_fd.h"
#include "le_fdMonitor.h"
#include "le_hashmap.h"
#include "le_log.h"
#include "le_mem.h"
#include "le_messaging.h"
#include "le_mutex.h"
#include "le_path.h"
#include "le_safeRef.h"
#include "le_semaphore.h"
#include "le_signals.h"
#include "le_singlyLinkedList.h"
#include "le_test.h"
#include "le_thread.h"
#include "le_timer.h"
#include "le_utf8.h"

/* What generated code packs its parameters with is the framework's own: taken from where the
 * program's build finds it. docs/legato.md, "Generated code". */
#ifdef __has_include
#if __has_include("le_pack.h")
#ifdef __cplusplus
extern "C" {
#endif
#include "le_pack.h"
#ifdef __cplusplus
}
#endif
#endif
#endif
