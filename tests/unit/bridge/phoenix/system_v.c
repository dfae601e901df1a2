/*
 * Both kinds of messages in one source, and a name of the program's own. Compiled, not run.
 */
#define VIADUCT_WITH_SYSV_MSG
#define VIADUCT_NO_PORT_T
#include <sys/msg.h>

typedef struct {
    int baud;
} port_t;

int both(port_t *port);
int both(port_t *port)
{
    struct msqid_ds queue;
    msg_t msg = {.type = mtOpen};
    port->baud = msgctl(msgget(IPC_PRIVATE, 0600), IPC_STAT, &queue);
    return msgSend(3, &msg);
}
