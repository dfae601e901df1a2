/*
 * The RAM file server of the examples, with a count of what it receives: this stands in the place
 * of its msgRecv() (--wrap). Asked for the count it answers itself, and does not count that.
 */
#include <sys/msg.h>

#include "tests/bench/phoenix_files.h"

static int n_received;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
int __real_msgRecv(uint32_t port, msg_t *m, msg_rid_t *rid);
int __wrap_msgRecv(uint32_t port, msg_t *m, msg_rid_t *rid);

int __wrap_msgRecv(uint32_t port, msg_t *m, msg_rid_t *rid)
{
    for (;;) {
        int result = __real_msgRecv(port, m, rid);
        if (result < 0)
            return result;
        if (m->type != PHOENIX_FILES_COUNT) {
            n_received++;
            return result;
        }
        m->o.err = n_received;
        (void)msgRespond(port, m, *rid);
    }
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
