/*
 * What the tests of sbufs share: cmocka, an sbuf for each test, and octets in blocks of exactly
 * their size, so that the address sanitizer sees one read beyond them.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those before it. */
#include <cmocka.h>

#include "bridge/hdf/sbuf.h"
#include "include/hdf/hdf_base.h"

static inline int sbuf_case_obtain(void **state)
{
    *state = HdfSbufObtainDefaultSize();
    return *state == NULL ? -1 : 0;
}

static inline int sbuf_case_obtain_ipc(void **state)
{
    *state = HdfSbufTypedObtain(SBUF_IPC);
    return *state == NULL ? -1 : 0;
}

static inline int sbuf_case_recycle(void **state)
{
    HdfSbufRecycle(*state);
    return 0;
}

#define sbuf_test(test) cmocka_unit_test_setup_teardown(test, sbuf_case_obtain, sbuf_case_recycle)
#define sbuf_ipc_test(test)                                                                        \
    cmocka_unit_test_setup_teardown(test, sbuf_case_obtain_ipc, sbuf_case_recycle)

/* A copy of @octets that is to be freed. */
static inline uint8_t *sbuf_case_block(const void *octets, size_t size)
{
    uint8_t *block = malloc(size);
    assert_non_null(block);
    memcpy(block, octets, size);
    return block;
}

static inline void sbuf_case_holds(const struct HdfSBuf *sbuf, const void *octets, size_t size)
{
    assert_int_equal(HdfSbufGetDataSize(sbuf), size);
    assert_memory_equal(HdfSbufGetData(sbuf), octets, size);
}
