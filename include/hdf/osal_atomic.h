/*
 * HDF, operating system: a counter and bits that threads may share. No argument may be NULL.
 *
 * Source: docs/hdf.md, "Operating system"; the system's osal_atomic.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** OsalAtomic - a counter; it wraps */
typedef struct {
    volatile int32_t counter;
} OsalAtomic;

/** OsalAtomicRead() - what it is */
static inline int32_t OsalAtomicRead(const OsalAtomic *v)
{
    return __atomic_load_n(&v->counter, __ATOMIC_SEQ_CST);
}

/** OsalAtomicSet() - what it is from now on */
static inline void OsalAtomicSet(OsalAtomic *v, int32_t counter)
{
    __atomic_store_n(&v->counter, counter, __ATOMIC_SEQ_CST);
}

/** OsalAtomicIncReturn() - one more; returns what it is then */
static inline int32_t OsalAtomicIncReturn(OsalAtomic *v)
{
    return __atomic_add_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);
}

/** OsalAtomicDecReturn() - one less; returns what it is then */
static inline int32_t OsalAtomicDecReturn(OsalAtomic *v)
{
    return __atomic_sub_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);
}

/** OsalAtomicInc() - one more */
static inline void OsalAtomicInc(OsalAtomic *v)
{
    (void)OsalAtomicIncReturn(v);
}

/** OsalAtomicDec() - one less */
static inline void OsalAtomicDec(OsalAtomic *v)
{
    (void)OsalAtomicDecReturn(v);
}

/** OsalTestBit() - bit @nr, 0 to 31: 0 or 1. Return, here and below: that, or
 * HDF_ERR_INVALID_PARAM for another number. */
static inline int32_t OsalTestBit(int nr, const volatile unsigned long *addr)
{
    if (nr < 0 || nr > 31)
        return HDF_ERR_INVALID_PARAM;
    return (int32_t)((__atomic_load_n(addr, __ATOMIC_SEQ_CST) >> nr) & 1UL);
}

/** OsalTestSetBit() - sets it; returns what it was */
static inline int32_t OsalTestSetBit(int nr, volatile unsigned long *addr)
{
    if (nr < 0 || nr > 31)
        return HDF_ERR_INVALID_PARAM;
    return (int32_t)((__atomic_fetch_or(addr, 1UL << nr, __ATOMIC_SEQ_CST) >> nr) & 1UL);
}

/** OsalTestClearBit() - clears it; returns what it was */
static inline int32_t OsalTestClearBit(int nr, volatile unsigned long *addr)
{
    if (nr < 0 || nr > 31)
        return HDF_ERR_INVALID_PARAM;
    return (int32_t)((__atomic_fetch_and(addr, ~(1UL << nr), __ATOMIC_SEQ_CST) >> nr) & 1UL);
}

/** OsalClearBit() - clears it; returns 0 */
static inline int32_t OsalClearBit(int nr, volatile unsigned long *addr)
{
    int32_t was = OsalTestClearBit(nr, addr);
    return was < 0 ? was : 0;
}

#ifdef __cplusplus
}
#endif
