/*
 * A process that ends while its links still have something to say: OpenSSL is there to the end.
 */
#include <cmocka.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/loop.h"
#include "bridge/wss_engine.h"

/* Registered first, so this runs last: it is what a default node's goodbye is. */
static void end_with_whether_it_works(void)
{
    _exit(OPENSSL_init_crypto(0, NULL) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void use_and_end(void)
{
    struct loop *loop;
    struct wss_engine engine;
    if (atexit(end_with_whether_it_works) != 0 || loop_create(&loop) != VIA_OK ||
        wss_engine_open(&engine, loop, 16) != VIA_OK)
        _exit(2);
    exit(EXIT_SUCCESS);
}

static void openssl_outlives_handlers_of_exit(void **state)
{
    (void)state;
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        use_and_end();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_outlives_handlers_of_exit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
