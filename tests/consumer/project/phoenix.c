/*
 * A program of Phoenix-RTOS: a thread that waits for another, a list, numbers.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <posix/idtree.h>
#include <sys/list.h>
#include <sys/msg.h>
#include <sys/threads.h>

typedef struct _node_t {
    struct _node_t *next, *prev;
    idnode_t id;
} node_t;

static struct {
    handle_t lock, cond;
    node_t *nodes;
    idtree_t ids;
} common;

static void add_nodes(void *arg)
{
    static node_t nodes[3];

    (void)arg;
    for (int i = 0; i < 3; i++) {
        mutexLock(common.lock);
        idtree_alloc(&common.ids, &nodes[i].id);
        LIST_ADD(&common.nodes, &nodes[i]);
        mutexUnlock(common.lock);
        condSignal(common.cond);
    }
    endthread();
}

int main(void)
{
    msg_t msg = {.type = mtOpen, .i.openclose.flags = O_RDONLY};
    node_t *last;
    int tid;

    idtree_init(&common.ids);
    if (mutexCreate(&common.lock) != EOK || condCreate(&common.cond) != EOK)
        return EXIT_FAILURE;
    if (beginthreadex(add_nodes, 4, NULL, 512, NULL, &tid) != EOK)
        return EXIT_FAILURE;
    mutexLock(common.lock);
    while ((last = lib_treeof(node_t, id, idtree_find(&common.ids, 2))) == NULL)
        condWait(common.cond, common.lock, 0);
    assert(last->next == common.nodes);
    mutexUnlock(common.lock);
    assert(threadJoin(tid, 0) == tid);
    resourceDestroy(common.cond);
    resourceDestroy(common.lock);
    return (msg.i.openclose.flags & O_RDONLY) != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
