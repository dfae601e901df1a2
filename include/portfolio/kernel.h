/*
 * Portfolio: what the kernel says of the calling task.
 *
 * Source: docs/event-broker.md, "Tasks and signals"; the system's kernel.h.
 */
#pragma once

#include "folio.h"
#include "item.h"
#include "list.h"
#include "task.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct portfolio_kernel {
    Task *kb_CurrentTask; /* never NULL; one that is no Item where there is no memory for one */
};

/** KernelBase - each thread's own; what it says is current wherever it is named */
const struct portfolio_kernel *portfolio_kernel_base(void);
#define KernelBase (portfolio_kernel_base())

#define CURRENTTASK (KernelBase->kb_CurrentTask)
/** GetCurrentSignals() - what has come for the calling task */
#define GetCurrentSignals() GetTaskSignals(CURRENTTASK)
/** ClearCurrentSignals() - they have not come */
#define ClearCurrentSignals(s)                                                                     \
    ((GetCurrentSignals() & (s)) ? WaitSignal(GetCurrentSignals() & (s)) : 0)

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
