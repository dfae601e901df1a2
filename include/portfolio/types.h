/*
 * Portfolio: its types. The headers of the C library that programs of that system expect to have
 * come with it are here as well: an implicit malloc() would cut its pointer.
 *
 * Source: docs/event-broker.md, "Types"; the system's types.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef int8_t int8;
typedef uint8_t uint8;
typedef int16_t int16;
typedef uint16_t uint16;
typedef int32_t int32;
typedef uint32_t uint32;
typedef unsigned char uchar;
typedef unsigned char ubyte;
typedef unsigned short int ushort; /* exactly as libc has it */
typedef unsigned long int ulong;   /* likewise: 64 bits, where that system has 32 */

typedef uint8 Boolean;
#if !defined(__cplusplus) && !defined(bool) &&                                                     \
    (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 202000L)
typedef Boolean bool;
#endif
#define TRUE ((Boolean)1)
#define FALSE ((Boolean)0)

/** Item - a number that names an object of the system: positive, and an error when negative */
typedef int32 Item;
/** Err - an error (operror.h), negative; 0 or more is none */
typedef int32 Err;

typedef void *TagData;
/** TagArg - one of a list of arguments that ends with TAG_END. Numbers travel in the low 32 bits of
 * ta_Arg */
typedef struct TagArg {
    uint32 ta_Tag;
    TagData ta_Arg;
} TagArg, *TagArgP;

#define TAG_END 0
#define TAG_JUMP 254 /* the list goes on where ta_Arg points to; NULL: it ends */
#define TAG_NOP 255  /* no argument */

/** Offset() - where @field is in what @pointer_type points to */
#define Offset(pointer_type, field)                                                                \
    ((uint32) __builtin_offsetof(__typeof__(*(pointer_type)NULL), field))
