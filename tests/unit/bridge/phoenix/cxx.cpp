/*
 * The headers as C++ sees them. Compiled, not run.
 */
#include <algorithm>
#include <cstdlib>
#include <errno.h>
#include <pthread.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/list.h>
#include <sys/minmax.h>
#include <sys/msg.h>
#include <sys/threads.h>
#include <unistd.h>

struct item {
    item *next, *prev;
};

static_assert(sizeof(msg_t) == 200 && sizeof(id_t) == 8, "as in C");

int ask(const std::string &path)
{
    oid_t oid;
    item one = {};
    item *list = nullptr;
    LIST_ADD(&list, &one);
    if (lookup(path.c_str(), &oid, nullptr) < 0)
        return -1;
    msg_t msg = {};
    msg.type = mtGetAttr;
    msg.oid = oid;
    const int result = msgSend(oid.port, &msg);
    return std::max(result, set_errno(msg.o.err)) + gettid();
}
