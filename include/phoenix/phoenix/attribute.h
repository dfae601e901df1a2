/*
 * Phoenix-RTOS: all attributes at once.
 *
 * Source: docs/phoenix.md, "Messages"; the system's phoenix/attribute.h.
 */
#pragma once

#include <sys/msg.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** _phoenix_initAttrsStruct() - sets the err of each attribute to @err, before a server fills in
 * those that it has; the values stay */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its name there */
void _phoenix_initAttrsStruct(struct _attrAll *attrs, int err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
