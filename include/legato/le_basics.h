/*
 * Legato: results and the small macros that every program uses.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_basics.h.
 */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/** le_result_t - what a call came to. LE_OK or negative, so that a function may give either a count
 * or a result */
typedef enum {
    LE_OK = 0,
    LE_NOT_FOUND = -1,    /* what is spoken of does not exist */
    LE_NOT_POSSIBLE = -2, /* deprecated */
    LE_OUT_OF_RANGE = -3,
    LE_NO_MEMORY = -4,
    LE_NOT_PERMITTED = -5, /* a rule forbids it, or no rule allows it */
    LE_FAULT = -6,
    LE_COMM_ERROR = -7, /* the gateway cannot be reached */
    LE_TIMEOUT = -8,
    LE_OVERFLOW = -9, /* no room for all: what fits is there */
    LE_UNDERFLOW = -10,
    LE_WOULD_BLOCK = -11, /* nothing now; a call that waits would have waited */
    LE_DEADLOCK = -12,
    LE_FORMAT_ERROR = -13,
    LE_DUPLICATE = -14,
    LE_BAD_PARAMETER = -15,
    LE_CLOSED = -16,
    LE_BUSY = -17,
    LE_UNSUPPORTED = -18,
    LE_IO_ERROR = -19,
    LE_NOT_IMPLEMENTED = -20,
    LE_UNAVAILABLE = -21, /* it is not there, and may be later */
    LE_TERMINATED = -22,
    LE_IN_PROGRESS = -23,
    LE_SUSPENDED = -24
} le_result_t;

/** le_onoff_t - a switch */
typedef enum { LE_OFF = 0, LE_ON = 1 } le_onoff_t;

#define BIT0 0x01
#define BIT1 0x02
#define BIT2 0x04
#define BIT3 0x08
#define BIT4 0x10
#define BIT5 0x20
#define BIT6 0x40
#define BIT7 0x80

/** CONTAINER_OF() - the @type whose @member is at @memberPtr */
#define CONTAINER_OF(memberPtr, type, member)                                                      \
    ((type *)(void *)(((uint8_t *)(memberPtr)) - offsetof(type, member)))
/** NUM_ARRAY_MEMBERS() - the number of elements of an array, which is no pointer */
#define NUM_ARRAY_MEMBERS(array) (sizeof(array) / sizeof((array)[0]))
/** INDEX_OF_ARRAY_MEMBER() - which element of @array is at @memberPtr */
#define INDEX_OF_ARRAY_MEMBER(array, memberPtr)                                                    \
    ((((size_t)(memberPtr)) - ((size_t)(array))) / sizeof(*(memberPtr)))

/** STRINGIZE() - what @x expands to, as a string */
#define STRINGIZE(x) STRINGIZE_EXPAND(x)
#define STRINGIZE_EXPAND(x) #x
/** CAT() - one token of several, each expanded first */
#define CAT(a, ...) PRIMITIVE_CAT(a, __VA_ARGS__)
#define PRIMITIVE_CAT(a, ...) a##__VA_ARGS__
#define SECOND(a, b, ...) b
/** LE_DEFAULT() - of (X, d): the v of an X that is defined as ", v", else d */
#define LE_DEFAULT(...) SECOND(__VA_ARGS__)

/** LE_UNUSED() - a variable that need not be used */
#define LE_UNUSED(v) ((void)(v))

/** LE_SHARED - seen outside of the shared object that defines it */
#define LE_SHARED __attribute__((visibility("default")))

/** LE_DECLARE_INLINE, LE_DEFINE_INLINE - the body in a header, and the one copy for calls that are
 * not inlined */
#ifdef __GNUC_GNU_INLINE__
#define LE_DECLARE_INLINE extern inline
#define LE_DEFINE_INLINE inline
#else
#define LE_DECLARE_INLINE inline
#define LE_DEFINE_INLINE extern inline
#endif

/** LE_NONNULL, LE_NULLABLE - whether a pointer may be NULL: for the reader */
#define LE_NONNULL
#define LE_NULLABLE

/* Formats of a size_t. */
#define PRIdS "zd"
#define PRIxS "zx"
#define PRIuS "zu"
#define PRIXS "zX"
#define PRIoS "zo"

/** LE_CONFIG_IS_ENABLED() - 1 when the option expands to what begins with 1, 0 when it is
 * undefined; for an if (...) */
#define LE_CONFIG_IS_ENABLED(option) (("" STRINGIZE(option))[0] == '1')
