/*
 * Portfolio: its string headers bring its types, and with them stdlib.h. Linux's header of that
 * name comes first, whatever way leads here: libc's string.h does too.
 *
 * Source: docs/event-broker.md, "Headers".
 */
#pragma GCC system_header /* include_next is an extension */

#include_next <strings.h>

#ifndef VIADUCT_PORTFOLIO_STRINGS_H
#define VIADUCT_PORTFOLIO_STRINGS_H

#ifdef __cplusplus
extern "C++" {
#endif
#include "types.h"
#ifdef __cplusplus
}
#endif

#endif
