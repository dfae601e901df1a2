/*
 * What the tests of the kit share: cmocka, and a parcel for each test.
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

#include "bridge/openharmony/parcel.h"

static inline int kit_create_parcel(void **state)
{
    *state = OH_IPCParcel_Create();
    return *state == NULL ? -1 : 0;
}

static inline int kit_destroy_parcel(void **state)
{
    OH_IPCParcel_Destroy(*state);
    return 0;
}

#define kit_parcel_test(test)                                                                      \
    cmocka_unit_test_setup_teardown(test, kit_create_parcel, kit_destroy_parcel)

static inline void *kit_allocate(int32_t len)
{
    assert_true(len > 0);
    return malloc((size_t)len);
}

static inline void *kit_refuse(int32_t len)
{
    assert_true(len > 0);
    return NULL;
}
