/*
 * A thread that handles signals has a signalfd, which its loop watches. The signals are blocked, so
 * that they are read there alone.
 *
 * SIGTERM has a handler besides, for a thread that waits for another process: it unblocks the
 * signal while it does. The handler may interrupt anything there, so it writes one line and ends
 * the process at once.
 */
#include "bridge/legato/signals.h"

#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/thread.h"
#include "include/legato/le_fdMonitor.h"
#include "include/legato/le_signals.h"

#define SIGNALS_MAX 65 /* numbers are less */
#define FRAMES_MAX 64

static _Thread_local struct {
    le_sig_EventHandlerFunc_t handlers[SIGNALS_MAX];
    sigset_t handled;
    int fd; /* owned, while @monitor is there */
    le_fdMonitor_Ref_t monitor;
    unsigned int n_waits;
    bool handles_term; /* by default */
} mine;

void le_sig_Block(int sigNum)
{
    sigset_t set;
    (void)sigemptyset(&set);
    if (sigaddset(&set, sigNum) < 0)
        legato_fatal("%s: %d is no signal", __func__, sigNum);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static bool is_program_error(int number)
{
    static const int errors[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (number == errors[i])
            return true;
    return false;
}

static void handle_arrival(int fd, short events)
{
    (void)events;
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
        return; /* another thread has taken it */
    if (info.ssi_signo < SIGNALS_MAX && mine.handlers[info.ssi_signo] != NULL)
        mine.handlers[info.ssi_signo]((int)info.ssi_signo);
}

static void forget_mine(void *context)
{
    (void)context;
    if (mine.monitor == NULL)
        return;
    (void)close(mine.fd);
    memset(&mine, 0, sizeof mine);
}

static void begin_mine(void)
{
    struct legato_thread *thread = legato_thread_here();
    if (mine.monitor != NULL)
        return;
    (void)sigemptyset(&mine.handled);
    mine.fd = signalfd(-1, &mine.handled, SFD_CLOEXEC | SFD_NONBLOCK);
    if (mine.fd < 0)
        legato_fatal("no signals: %s", strerrorname_np(errno));
    legato_thread_at_end(thread, forget_mine, NULL);
    mine.monitor = le_fdMonitor_Create("signals", mine.fd, handle_arrival, POLLIN);
}

void le_sig_SetEventHandler(int sigNum, le_sig_EventHandlerFunc_t sigEventHandler)
{
    if (sigNum <= 0 || sigNum >= SIGNALS_MAX || sigNum == SIGKILL || sigNum == SIGSTOP ||
        is_program_error(sigNum))
        legato_fatal("%s: signal %d cannot be an event", __func__, sigNum);
    if (sigNum == SIGTERM)
        mine.handles_term = false;
    begin_mine();
    mine.handlers[sigNum] = sigEventHandler;
    (void)(sigEventHandler == NULL ? sigdelset(&mine.handled, sigNum)
                                   : sigaddset(&mine.handled, sigNum));
    if (signalfd(mine.fd, &mine.handled, 0) < 0)
        legato_fatal("no signals: %s", strerrorname_np(errno));
}

void le_sig_DeleteAll(void)
{
    if (mine.monitor == NULL)
        return;
    for (int number = 1; number < SIGNALS_MAX; number++)
        if (mine.handlers[number] != NULL)
            le_sig_SetEventHandler(number, NULL);
}

/* ---- SIGTERM ---- */

static void end_by_event(int number)
{
    (void)number;
    legato_info("terminated by SIGTERM");
    exit(EXIT_SUCCESS);
}

static void end_at_once(int number)
{
    static const char text[] = "terminated by SIGTERM while it waited for another process\n";
    (void)number;
    (void)write(STDERR_FILENO, text, sizeof text - 1);
    _exit(EXIT_SUCCESS);
}

void le_sig_InstallDefaultTermHandler(void)
{
    struct sigaction action = {.sa_handler = end_at_once};
    le_sig_Block(SIGTERM);
    le_sig_SetEventHandler(SIGTERM, end_by_event);
    (void)sigaction(SIGTERM, &action, NULL);
    mine.handles_term = true;
}

static void let_term(int how)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)pthread_sigmask(how, &set, NULL);
}

void legato_signals_begin_wait(void)
{
    if (mine.handles_term && mine.n_waits++ == 0)
        let_term(SIG_UNBLOCK);
}

void legato_signals_end_wait(void)
{
    if (mine.handles_term && --mine.n_waits == 0)
        let_term(SIG_BLOCK);
}

/* ---- program errors ---- */

static void write_text(const char *text)
{
    (void)write(STDERR_FILENO, text, strlen(text));
}

static void show_stack(int number)
{
    void *frames[FRAMES_MAX];
    const char *name = sigabbrev_np(number);
    write_text(program_invocation_short_name);
    write_text(": ended by SIG");
    write_text(name == NULL ? "?" : name);
    write_text(", with this stack:\n");
    int n_frames = backtrace(frames, FRAMES_MAX);
    backtrace_symbols_fd(frames, n_frames, STDERR_FILENO);
    (void)raise(number); /* its own end: the handler is gone */
}

void le_sig_InstallShowStackHandler(void)
{
    static const int errors[] = {SIGSEGV, SIGILL, SIGBUS, SIGTRAP, SIGFPE, SIGABRT};
    void *frame = NULL;
    (void)backtrace(&frame, 1); /* what it loads, it loads now */
    struct sigaction action = {.sa_handler = show_stack};
    action.sa_flags = (int)SA_RESETHAND | SA_NODEFER;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct sigaction before;
        if (sigaction(errors[i], NULL, &before) == 0 && (before.sa_flags & SA_SIGINFO) == 0 &&
            before.sa_handler == SIG_DFL)
            (void)sigaction(errors[i], &action, NULL);
    }
}
