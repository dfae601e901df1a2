/*
 * The skeleton outside a handler: the own process is the caller. Inside one it is tested between
 * processes.
 */
#include <unistd.h>

#include "include/openharmony/IPCKit/ipc_kit.h"
#include "tests/unit/bridge/openharmony/kit_test.h"

static void outside_we_call_ourselves(void **state)
{
    (void)state;
    assert_int_equal(OH_IPCSkeleton_IsHandlingTransaction(), 0);
    assert_int_equal(OH_IPCSkeleton_IsLocalCalling(), 1);
    assert_int_equal(OH_IPCSkeleton_GetCallingPid(), getpid());
    assert_int_equal(OH_IPCSkeleton_GetCallingUid(), getuid());
    assert_int_equal(OH_IPCSkeleton_GetFirstTokenId(), getuid());
    assert_true(OH_IPCSkeleton_GetSelfTokenId() != 0);
    assert_int_equal(OH_IPCSkeleton_GetCallingTokenId(), OH_IPCSkeleton_GetSelfTokenId());
}

static void identities_outside_are_empty(void **state)
{
    (void)state;
    char *identity = NULL;
    int32_t len = 0;
    assert_int_equal(OH_IPCSkeleton_ResetCallingIdentity(NULL, &len, kit_allocate),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCSkeleton_ResetCallingIdentity(&identity, NULL, kit_allocate),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCSkeleton_ResetCallingIdentity(&identity, &len, NULL),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCSkeleton_ResetCallingIdentity(&identity, &len, kit_refuse),
                     OH_IPC_MEM_ALLOCATOR_ERROR);
    assert_int_equal(OH_IPCSkeleton_ResetCallingIdentity(&identity, &len, kit_allocate),
                     OH_IPC_SUCCESS);
    assert_string_equal(identity, "");
    assert_int_equal(len, 1);
    free(identity);
    assert_int_equal(OH_IPCSkeleton_SetCallingIdentity(NULL), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCSkeleton_SetCallingIdentity(""), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCSkeleton_SetCallingIdentity("anything"), OH_IPC_SUCCESS);
}

static void the_number_of_workers_has_bounds(void **state)
{
    (void)state;
    static const int bad[] = {0, -1, 33, INT32_MIN, INT32_MAX};
    static const int good[] = {1, 32, 16};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(OH_IPCSkeleton_SetMaxWorkThreadNum(bad[i]), OH_IPC_CHECK_PARAM_ERROR);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(OH_IPCSkeleton_SetMaxWorkThreadNum(good[i]), OH_IPC_SUCCESS);
}

static void stopping_what_is_no_worker_returns_at_once(void **state)
{
    (void)state;
    OH_IPCSkeleton_StopWorkThread();
    assert_int_equal(OH_IPCSkeleton_IsHandlingTransaction(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outside_we_call_ourselves),
        cmocka_unit_test(identities_outside_are_empty),
        cmocka_unit_test(the_number_of_workers_has_bounds),
        cmocka_unit_test(stopping_what_is_no_worker_returns_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
