/* What the library's own parts know of a thread beyond bridge/legato/thread.h. */
#pragma once

#include "bridge/legato/event_loop.h"
#include "bridge/legato/thread.h"
#include "include/legato/le_thread.h"

struct event_loop *legato_thread_loop(struct legato_thread *thread);
/* One count of the thread that @reference stands for; NULL: none, or it is gone. */
struct legato_thread *legato_thread_of(le_thread_Ref_t reference);
