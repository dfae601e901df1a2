/*
 * A server and a client of Phoenix-RTOS in one, for tests in Python that break what is between
 * them: it says "ready", then does what each line of its standard input says, and says in one line
 * what came of it. NAME is a name in the registry.
 *
 *   serve NAME N [turns]      a port of this name with N receivers, which take turns, or do not
 *   take NAME N               receives N messages here, and holds them
 *   held NAME N               waits until N are held
 *   counted NAME N            waits until N messages of a storm have come
 *   release NAME              answers all that are held: how many results were 0, and -EINVAL
 *   exec                      becomes another process's image: this program, as at first
 *   die NAME N                answers N of them and kills itself
 *   destroy NAME              destroys the port; how many receivers have ended
 *   closings NAME N           waits until N objects were closed: IDxTIMES, by id, and from whom
 *   closed NAME N             the same of so many that only how many it were is told
 *
 *   find NAME                 waits for it
 *   ask NAME                  one message there and back: its result
 *   again                     the same, by the number that it was found to have
 *   send NAME N [SIZE]        N threads, each of which sends one that is held, o.data of SIZE
 *   interrupt                 a signal to each of them; how many have no result yet
 *   results                   waits for all of them: ERRORxTIMES, by error
 *   open NAME ID, close NAME ID   the result
 *   storm NAME THREADS N [calm]   so many threads send N messages each, and signals come all the
 *                             while, or do not: what came of them
 *   tally NAME                what came of the last ones, once more
 *   crowd NAME THREADS N      the same of echoes, and pulses between them; no signals
 *   probe NAME N              N messages of all types, whatever is answered: how many results
 *                             were 0, and how many failed and left all as it was
 *   names NAME N              N names that begin so
 *   lookups PATH N            N times, of what is not there
 *   ports N                   N of them, one after the other
 */
#include "puppet.h"

#include <signal.h>
#include <unistd.h>

#define WORDS_MAX 8

/* So that msgSend() is interrupted, and nothing else happens. */
static void onSignal(int number)
{
    (void)number;
}

int main(void)
{
    const struct sigaction action = {.sa_handler = onSignal, .sa_flags = SA_RESTART};
    char line[256];
    CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
    say("ready");
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[WORDS_MAX], *rest;
        int n = 0;
        for (char *word = strtok_r(line, " \n", &rest); word != NULL && n < WORDS_MAX;
             word = strtok_r(NULL, " \n", &rest))
            words[n++] = word;
        if (n == 1 && strcmp(words[0], "exec") == 0)
            CHECK_INT(execl("/proc/self/exe", "puppet", (char *)NULL), 0);
        CHECK(n > 0 && (served(n, words) || asked(n, words)));
    }
    return EXIT_SUCCESS;
}
