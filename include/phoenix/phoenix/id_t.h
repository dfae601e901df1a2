/*
 * Phoenix-RTOS: id_t, an object's number at its server, 64 bits wide. Linux has one of 32 bits, and
 * programs pass &oid.id where an id_t * is wanted, so this one takes its place: the system's
 * headers believe that theirs is defined already. sys/types.h, sys/wait.h and sys/resource.h, the
 * only ones that define it, come here first.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once

#if defined(__id_t_defined) || defined(__DEFINED_id_t)
#error "include/phoenix is searched too late: put its -I before every other that has sys/types.h"
#endif
#define __id_t_defined /* glibc */
#define __DEFINED_id_t /* musl */

/** id_t - means something to the server alone */
typedef unsigned long long id_t;
