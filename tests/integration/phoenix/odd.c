/*
 * A server whose answers come late, or not at all, or are such as no server should give: by the
 * name that it is asked for. It says what it is asked, and answers what it holds when it is given a
 * line.
 *
 *     odd NAME
 *
 * slow is looked up late; stuck is read late; die and dies end the server, when looked up or read;
 * own has another id once it is open; flat is a directory whose entries do not go on, many one of
 * 1,500 entries.
 */
#include <dirent.h>
#include <phoenix/file.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "check.h"

#define ENTRIES 1500

enum { ROOT = 1, FILE_ID, STUCK, DIES, OWN, FLAT, MANY, OPENED = 70 };

static const struct {
    const char *name;
    id_t id;
} names[] = {{"file", FILE_ID}, {"slow", FILE_ID}, {"stuck", STUCK}, {"die", 0},
             {"dies", DIES},    {"own", OWN},      {"flat", FLAT},   {"many", MANY}};

static void hold(const char *what)
{
    char line[16];
    (void)printf("held %s\n", what);
    (void)fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL)
        _Exit(EXIT_SUCCESS);
}

static int look_up(msg_t *msg)
{
    const char *name = msg->i.data;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, name) != 0)
            continue;
        if (strcmp(name, "slow") == 0)
            hold("lookup");
        if (names[i].id == 0)
            _Exit(EXIT_SUCCESS);
        msg->o.lookup.fil.port = msg->oid.port;
        msg->o.lookup.fil.id = names[i].id;
        msg->o.lookup.dev = msg->o.lookup.fil;
        return (int)strlen(name);
    }
    return -ENOENT;
}

static int tell(const char *what, const msg_t *msg, int result)
{
    (void)printf("%s %llu\n", what, (unsigned long long)msg->oid.id);
    (void)fflush(stdout);
    return result;
}

static int attribute(msg_t *msg)
{
    bool is_folder = msg->oid.id == ROOT || msg->oid.id == FLAT || msg->oid.id == MANY;
    if (msg->i.attr.type == atSize)
        msg->o.attr.val = 3;
    else if (msg->i.attr.type == atMode)
        msg->o.attr.val = is_folder ? S_IFDIR | 0755 : S_IFREG | 0644;
    else
        return -EINVAL;
    return 0;
}

static int read_file(msg_t *msg)
{
    if (msg->oid.id == DIES)
        _Exit(EXIT_SUCCESS);
    if (msg->oid.id == STUCK)
        hold("read");
    if (msg->o.size < 3 || msg->i.io.offs >= 3)
        return 0;
    memcpy(msg->o.data, "odd", 3);
    return 3;
}

static int read_entry(msg_t *msg)
{
    struct dirent *entry = msg->o.data;
    long long at = msg->i.readdir.offs;
    if (msg->oid.id == MANY && at >= ENTRIES)
        return -ENOENT;
    entry->d_ino = (ino_t)(100 + at);
    entry->d_type = DT_REG;
    entry->d_reclen = msg->oid.id == MANY ? 1 : 0;
    entry->d_namlen = (uint16_t)snprintf(entry->d_name, 24, "n%lld", at);
    return 0;
}

static int answer(msg_t *msg)
{
    switch (msg->type) {
    case mtLookup:
        return look_up(msg);
    case mtOpen:
        return tell("open", msg, msg->oid.id == OWN ? OPENED : 0);
    case mtClose:
        return tell("close", msg, 0);
    case mtRead:
        return read_file(msg);
    case mtReaddir:
        return read_entry(msg);
    case mtGetAttr:
        return attribute(msg);
    default:
        return -ENOSYS;
    }
}

int main(int argc, char **argv)
{
    uint32_t port;
    msg_t msg;
    msg_rid_t rid;
    oid_t root = {.id = ROOT};
    CHECK(argc == 2);
    CHECK_INT(portCreate(&port), 0);
    CHECK_INT(portRegister(port, argv[1], &root), 0);
    say("ready");
    while (msgRecv(port, &msg, &rid) == 0) {
        msg.o.err = answer(&msg);
        (void)msgRespond(port, &msg, rid);
    }
    return 0;
}
