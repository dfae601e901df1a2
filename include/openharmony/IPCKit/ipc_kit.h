/*
 * OpenHarmony IPC Kit: all of it.
 */
#ifndef CAPI_INCLUDE_IPC_KIT_H
#define CAPI_INCLUDE_IPC_KIT_H

/* The system's own order. */
/* clang-format off */
#include "ipc_error_code.h"
#include "ipc_cparcel.h"
#include "ipc_cremote_object.h"
#include "ipc_cskeleton.h"
/* clang-format on */

#endif
