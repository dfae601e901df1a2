/*
 * A process that uses services of this one, or on another host all that have one identity: so many
 * functions of drivers may run for it at once. Drivers may keep commands as long as they like, and
 * who sends ever more of them is to be the only one who waits.
 */
#pragma once

#include <stdbool.h>
#include <viaduct/object.h>

#define DEVICE_CALLER_RUNNING_MAX 256u

struct device_caller;

/* One count; NULL: no memory. */
struct device_caller *device_caller_find(const struct via_caller *facts);
/* NULL is allowed. */
void device_caller_unref(struct device_caller *caller);

/* Before and after a function of a driver runs for it. False: too many do; nothing to leave. */
bool device_caller_enter(struct device_caller *caller);
void device_caller_leave(struct device_caller *caller);
