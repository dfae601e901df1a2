/*
 * A program without a main(): the library's runs its components inside of the event loop, those
 * that are once a process first, and goes on when they have returned. It ends itself with 0 when
 * all was so.
 */
#define LE_COMPONENT_NAME sample
#include "include/legato/interfaces.h"
#include "include/legato/legato.h"

static int n_once;
static bool is_initialised;
static bool is_line_buffered;

COMPONENT_INIT_ONCE
{
    LE_ASSERT(!is_initialised);
    n_once++;
}

static void finish(void *param1Ptr, void *param2Ptr)
{
    LE_ASSERT(param1Ptr == &n_once && param2Ptr == NULL);
    LE_ASSERT(is_initialised && is_line_buffered);
    (void)kill(getpid(), SIGTERM); /* an event of the loop, which ends with 0 */
}

COMPONENT_INIT
{
    LE_ASSERT(n_once == 1);
    LE_ASSERT(strcmp(STRINGIZE(COMPONENT_INIT_NAME), "_sample_COMPONENT_INIT") == 0);
    LE_ASSERT(strcmp(LE_COMPONENT_NAME_TXT, "sample") == 0);
    LE_ASSERT(strcmp(le_thread_GetMyName(), "main") == 0);
    LE_ASSERT(le_arg_NumArgs() == 0);
    LE_ASSERT(strstr(le_arg_GetProgramName(), "unit.bridge.legato.main") != NULL);
    LE_ASSERT(LE_CONFIG_IS_ENABLED(LE_CONFIG_LINUX));
    LE_ASSERT(!LE_CONFIG_IS_ENABLED(LE_CONFIG_RTOS));

    int ends[2];
    char text[16] = "";
    fflush(stdout);
    LE_ASSERT(pipe(ends) == 0);
    int saved = dup(STDOUT_FILENO);
    LE_ASSERT(dup2(ends[1], STDOUT_FILENO) >= 0);
    printf("a line\n");
    LE_ASSERT(dup2(saved, STDOUT_FILENO) >= 0);
    close(saved);
    close(ends[1]);
    is_line_buffered = read(ends[0], text, sizeof(text) - 1) == 7;
    close(ends[0]);

    is_initialised = true;
    le_event_QueueFunction(finish, &n_once, NULL);
}
