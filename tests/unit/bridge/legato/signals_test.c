/*
 * Signals as events, and what becomes of SIGTERM.
 */
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/legato/signals.h"
#include "include/legato/le_signals.h"
#include "tests/unit/bridge/legato/doomed.h"
#include "tests/unit/bridge/legato/served.h"

static int n_handled;
static int handled;

static void note(int number)
{
    n_handled++;
    handled = number;
}

static bool was_handled(void)
{
    return n_handled > 0;
}

static void a_signal_is_an_event(void **state)
{
    (void)state;
    le_sig_Block(SIGUSR1);
    le_sig_Block(SIGUSR2);
    le_sig_SetEventHandler(SIGUSR1, note);
    le_sig_SetEventHandler(SIGUSR2, note);
    (void)kill(getpid(), SIGUSR1);
    assert_int_equal(n_handled, 0);
    serve_until(was_handled);
    assert_int_equal(handled, SIGUSR1);
    (void)kill(getpid(), SIGUSR1);
    (void)kill(getpid(), SIGUSR2);
    serve_all();
    assert_int_equal(n_handled, 3);

    n_handled = 0;
    le_sig_SetEventHandler(SIGUSR1, NULL);
    (void)kill(getpid(), SIGUSR1);
    serve_all();
    assert_int_equal(n_handled, 0);
    le_sig_DeleteAll();
    (void)kill(getpid(), SIGUSR2);
    serve_all();
    assert_int_equal(n_handled, 0);
    le_sig_DeleteAll();
}

static void handle_a_kill(void)
{
    le_sig_SetEventHandler(SIGKILL, note);
}

static void handle_an_error(void)
{
    le_sig_SetEventHandler(SIGSEGV, note);
}

static void block_nothing(void)
{
    le_sig_Block(1000);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(handle_a_kill, 1, "le_sig_SetEventHandler: signal 9 cannot be an event");
    doomed(handle_an_error, 1, "le_sig_SetEventHandler: signal 11 cannot be an event");
    doomed(block_nothing, 1, "le_sig_Block: 1000 is no signal");
}

static void terminate(void *param1, void *param2)
{
    (void)param1;
    (void)param2;
    (void)kill(getpid(), SIGTERM);
}

static void be_terminated_in_the_loop(void)
{
    le_sig_InstallDefaultTermHandler();
    le_event_QueueFunction(terminate, NULL, NULL);
    le_event_RunLoop();
}

static void be_terminated_in_a_wait(void)
{
    le_sig_InstallDefaultTermHandler();
    legato_signals_begin_wait();
    legato_signals_begin_wait();
    legato_signals_end_wait(); /* the outer one still waits */
    (void)kill(getpid(), SIGTERM);
}

static void be_terminated_before_a_wait(void)
{
    le_sig_InstallDefaultTermHandler();
    (void)kill(getpid(), SIGTERM);
    legato_signals_begin_wait();
}

static void be_terminated_behind_a_wait(void)
{
    le_sig_InstallDefaultTermHandler();
    legato_signals_begin_wait();
    legato_signals_end_wait();
    (void)kill(getpid(), SIGTERM);
    (void)write(STDERR_FILENO, "alive\n", 6);
    le_event_RunLoop();
}

static void wait_with_a_handler_of_its_own(void)
{
    le_sig_InstallDefaultTermHandler();
    le_sig_SetEventHandler(SIGTERM, note);
    legato_signals_begin_wait();
    (void)kill(getpid(), SIGTERM);
    legato_signals_end_wait();
    serve_until(was_handled);
    exit(5);
}

static void sigterm_ends_with_0(void **state)
{
    (void)state;
    doomed(be_terminated_in_the_loop, 0, "terminated by SIGTERM\n$");
}

static void sigterm_ends_a_wait(void **state)
{
    (void)state;
    n_handled = 0;
    doomed(be_terminated_in_a_wait, 0, "while it waited for another process\n$");
    doomed(be_terminated_before_a_wait, 0, "while it waited for another process\n$");
    doomed(be_terminated_behind_a_wait, 0, "^alive\n.*terminated by SIGTERM\n$");
    doomed(wait_with_a_handler_of_its_own, 5, "^$");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        cmocka_unit_test(sigterm_ends_with_0),
        cmocka_unit_test(sigterm_ends_a_wait),
        cmocka_unit_test(a_signal_is_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
