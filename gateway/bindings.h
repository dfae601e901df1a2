/*
 * Bindings: which service a client means by the name of an interface of its own. The operator says
 * so, in a file and at run time; without a word of his an interface is bound to the same name of
 * the same user. They are for names that are a user's own, whatever the family.
 */
#pragma once

#include "gateway/config.h"
#include "gateway/directory.h"

struct gateway;

#define BINDINGS_FAMILY "legato"          /* whose bindings the file has */
#define BINDINGS_FILE_SIZE_MAX (1u << 20) /* octets */
#define BINDINGS_CURSOR_MAX (11u + DIRECTORY_FAMILY_MAX + DIRECTORY_NAME_MAX)

/* At most one for each family, client's user, and interface. */
struct binding {
    const char *family;
    const char *interface, *name;          /* the client's, the service's */
    const char *client_user, *server_user; /* as they were said */
    uint32_t client_uid, server_uid;
    bool from_file;
};

struct bindings {
    struct binding **sorted; /* owned, each in one piece; by family, uid, interface */
    size_t n, capacity, max;
    bool by_default;    /* an interface that is not bound is, to the same name */
    uint64_t file_seen; /* a digest of what the file said when it was last put in force */
};

void bindings_init(struct bindings *bindings, size_t max, bool by_default);
void bindings_deinit(struct bindings *bindings);

/* Copies @binding, in the place of what is there. VIA_BUSY: max. VIA_INVALID: a bad name. */
VIA_MUST_USE enum via_status bindings_set(struct bindings *bindings, const struct binding *binding);
/* False: there is none. */
bool bindings_remove(struct bindings *bindings, const char *family, uint32_t client_uid,
                     const char *interface);
/* The first whose place is behind the cursor (bindings_cursor()); "": the first of all. */
size_t bindings_after(const struct bindings *bindings, const char *cursor);
void bindings_cursor(const struct binding *binding, char cursor[BINDINGS_CURSOR_MAX]);

/* What somebody's interface is bound to. */
struct bindings_target {
    enum waiting_state state; /* WAITING_UNBOUND or WAITING_BOUND */
    uint32_t uid;             /* of the server's user; BINDING_ANY_USER: whose does not matter */
    const char *name;         /* may be the interface's itself; NULL: no name would do */
};
/* Whether these may be a family, an interface and a protocol. */
bool bindings_are_of(const char *family, const char *interface, const char *protocol);
/* The uid under which @who has bindings. */
uint32_t bindings_uid(const struct principal *who);
void bindings_judge(const struct bindings *bindings, const char *family, const char *interface,
                    const struct principal *who, struct bindings_target *targetp);
/* The service that @who means, and in any case what is to be said of it. VIA_NOT_FOUND: it is not
 * there. VIA_DENIED: not bound (so says the state, also where several services would do and nobody
 * has said which); or bound, and its mode forbids it. */
VIA_MUST_USE enum via_status bindings_find(const struct bindings *bindings,
                                           const struct directory *directory, const char *family,
                                           const char *interface, const struct principal *who,
                                           struct bindings_target *targetp,
                                           struct directory_entry **entryp);

/* ---- as they are said ---- */

/* Whether @who may change them: root and the gateway's own user, on this host. */
bool bindings_may_change(const struct principal *who);
#define BINDINGS_WHO_MAY "bindings are for root and the gateway's own user, on its host"
/* Binds @client to @server, both in words; or unbinds @client, with @server NULL. @host is the
 * gateway's name. VIA_OK; VIA_INVALID, VIA_NOT_FOUND (a user; or no binding), VIA_BUSY,
 * VIA_NO_MEMORY with @fault set. */
VIA_MUST_USE enum via_status bindings_say(struct bindings *bindings, const char *family,
                                          const char *client, const char *server, const char *host,
                                          struct config_fault *fault);

/* The same for the whole gateway, on behalf of @who: those who wait are judged again. */
VIA_MUST_USE enum via_status bindings_change(struct gateway *gateway, const struct principal *who,
                                             const char *family, const char *client,
                                             const char *server, struct config_fault *fault);

/* ---- the file ---- */

/* What the file at @path says, which is not in force yet; NULL: nothing. bindings_deinit() it.
 * VIA_IO, VIA_INVALID, VIA_NO_MEMORY with @fault set. */
VIA_MUST_USE enum via_status bindings_read(struct bindings *said, const char *path,
                                           const char *host, size_t max,
                                           struct config_fault *fault);
/* The same of a text. */
VIA_MUST_USE enum via_status bindings_parse(struct bindings *said, const char *path,
                                            const char *text, size_t size, const char *host,
                                            size_t max, struct config_fault *fault);
/* Puts @said in force, emptying it: what the file said before goes; what was said at run time stays
 * and stands over it. A file that says what it said before changes nothing. */
void bindings_commit(struct bindings *bindings, struct bindings *said);
