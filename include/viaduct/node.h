/*
 * A node: this process's place in the world. It connects to one gateway, which is named by the
 * environment unless the program says otherwise, so that an unmodified program goes to another host
 * by its environment alone: VIADUCT_GATEWAY (unix:PATH or wss://host:port), VIADUCT_CA,
 * VIADUCT_CERT, VIADUCT_KEY, VIADUCT_TOKEN.
 */
#pragma once

#include <viaduct/object.h>

#ifdef __cplusplus
extern "C" {
#endif

enum via_link_state {
    VIA_LINK_BROKEN = 1, /* the link is lost; the session may go on: what is sent now waits */
    VIA_LINK_RESUMED,    /* there is another link, and nothing was lost */
    VIA_LINK_ENDED,      /* the session is over: calls, objects and events of it have ended */
    VIA_LINK_RESTORED    /* there is a new session; names are published and watched again */
};

/** struct via_link_change - what has become of a node's link; borrowed for the callback */
struct via_link_change {
    enum via_link_state state;
    bool recovered;    /* of VIA_LINK_RESUMED alone: all is as if nothing had happened */
    const char *words; /* why, of VIA_LINK_BROKEN and VIA_LINK_ENDED; never NULL */
};

/** struct via_node_options - set @size to sizeof; a NULL or 0 takes the environment's or the
 * default */
struct via_node_options {
    size_t size;
    const char *gateway; /* $VIADUCT_GATEWAY; else unix:$XDG_RUNTIME_DIR/viaduct.sock, root:
                            unix:/run/viaduct/viaduct.sock */
    const char *ca;      /* $VIADUCT_CA: file of certificates to trust */
    const char *cert;    /* $VIADUCT_CERT */
    const char *key;     /* $VIADUCT_KEY */
    const char *token;   /* $VIADUCT_TOKEN */
    const char *pin;     /* $VIADUCT_PIN: "sha256/BASE64" of the gateway's public key */
    const char *name;    /* node name, shown in lists; the program's name */
    unsigned n_workers;  /* handlers that run at once; 4 */
    uint32_t connect_ms; /* how long a call waits for the first connection; 5000 */
    void (*worker_started)(
        unsigned index);   /* runs on each new worker thread first of all; may be NULL */
    uint32_t keepalive_ms; /* a gateway on another host may be silent before it is asked; 5000 */
    uint32_t timeout_ms;   /* it has to answer then, or the link is broken; 5000. Either: 100 up */
    /* The link was lost or has come back, in order; runs on a worker, not once the node is closed.
     * The first connection is none. With it a node comes back by itself, whatever it is used for.
     * May be NULL. */
    void (*link_changed)(void *user, const struct via_link_change *change);
    void *link_user;         /* for @link_changed; borrowed */
    uint32_t max_frame_size; /* $VIADUCT_MAX_FRAME_SIZE: largest payload it takes, octets; 16 MiB
                                and 4096 octets; 4096 to 256 MiB. What it may send is the gateway's
                                word. */
};

/**
 * via_node_create() - a node; does no I/O and starts no thread until it is first needed
 * @options: copied; NULL for all defaults
 * @nodep:   set on VIA_OK; via_node_destroy() it
 *
 * Return: VIA_OK, VIA_INVALID, VIA_NO_MEMORY. Thread: any.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_create(const struct via_node_options *options,
                                                        struct via_node **nodep);
/**
 * via_node_default() - the process's own node, made at first use, never destroyed; says goodbye to
 * its gateway at exit. NULL only when out of memory. Thread: any.
 */
VIA_PUBLIC struct via_node *via_node_default(void);

/** via_node_connect() - connects now, waiting at most @timeout_ms (0: connect_ms); else the first
 * use does. Return: VIA_OK, VIA_NOT_CONNECTED, VIA_DENIED, VIA_BAD_CERTIFICATE, VIA_BAD_VERSION,
 * VIA_TIMEOUT; via_node_fault() has words. */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_connect(struct via_node *node,
                                                         uint32_t timeout_ms);
/**
 * via_node_set_gateway() - goes to another gateway from the next connection on
 * @gateway: unix:PATH or wss://host:port; copied
 *
 * Return: VIA_OK, VIA_INVALID for what is no address, VIA_BUSY while it is connected. Thread: any.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_set_gateway(struct via_node *node,
                                                             const char *gateway);
/** via_node_fault() - why the last connection failed or ended, in words that say what to do next;
 * copied to
 * @words (NUL-terminated, cut to @size) */
VIA_PUBLIC void via_node_fault(struct via_node *node, char *words, size_t size);
/** via_node_payload_max() - the largest payload, in octets, that the gateway takes, by the word it
 * last gave (its `max_frame_size`); 0 before the first connection. Never waits. Thread: any. */
VIA_PUBLIC uint32_t via_node_payload_max(struct via_node *node);
/** via_node_flush() - waits until what was sent has been written, at most @timeout_ms */
VIA_PUBLIC enum via_status via_node_flush(struct via_node *node, uint32_t timeout_ms);
/**
 * via_node_gather() - what this thread sends from now on may wait until its via_node_write()
 * @node: outlives that
 *
 * Many small messages become one write: what a service tells fifty listeners costs a system call,
 * and wakes the gateway once. They nest. What has gathered is written earlier when it is 16 KiB,
 * when this thread waits for something in the library, and when another thread writes; the order
 * stays. A thread gathers for one node at a time, what it sends by another is written at once, and
 * it has written before it ends. Thread: any, each for itself.
 */
VIA_PUBLIC void via_node_gather(struct via_node *node);
/** via_node_write() - ends what via_node_gather() has begun; the last one writes */
VIA_PUBLIC void via_node_write(struct via_node *node);
/** via_node_gateway_pid() - the process of a gateway on this host, by the kernel's word; -1 for one
 * on another host, and without a connection */
VIA_PUBLIC int32_t via_node_gateway_pid(struct via_node *node);
/** via_node_close() - no new work: says goodbye, ends calls in flight with VIA_DEAD; never blocks
 */
VIA_PUBLIC void via_node_close(struct via_node *node);
/** via_node_destroy() - closes, waits until no handler runs, frees. Not from a handler. NULL
 * allowed; returns NULL */
VIA_PUBLIC struct via_node *via_node_destroy(struct via_node *node);

/** via_node_set_workers() - how many handlers may run at once; lowering stops none that run. 1 to
 * 1024 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_set_workers(struct via_node *node,
                                                             unsigned n_workers);
/** via_node_join() - the calling thread serves as a worker, beyond their number, until
 * via_node_leave() is called on it (from a handler, or before: then it serves one event) or the
 * node is closed */
VIA_PUBLIC void via_node_join(struct via_node *node);
VIA_PUBLIC void via_node_leave(struct via_node *node);

/* ---- names ---- */

enum via_publish_flag {
    VIA_PUBLISH_CASELESS = 0x01,   /* names of this family compare without case */
    VIA_PUBLISH_DUPLICATES = 0x02, /* the name may be taken more than once */
    VIA_PUBLISH_PER_USER = 0x04,   /* the name is this user's own */
    VIA_PUBLISH_OPENS = 0x08,      /* clients open it before they call it */
    VIA_PUBLISH_UNLISTED = 0x10,   /* who knows it finds it; it is neither listed nor watched */
    VIA_PUBLISH_LOCAL = 0x20,      /* it is not there for who is on another host */
    VIA_PUBLISH_NEW = 0x80,   /* VIA_EXISTS, too, where this process has published it already */
    VIA_PUBLISH_LATER = 0x100 /* see via_node_publish() */
};

/** struct via_publish_options - set @size to sizeof; all may be 0 or NULL */
struct via_publish_options {
    size_t size;
    uint32_t flags; /* enum via_publish_flag */
    uint32_t mode;  /* who on this host may call, as a file's mode; 0: 0666 */
    const char *class_name;
    const char *protocol;
    uint32_t message_size;
    const char *info;
};

/**
 * via_node_publish() - makes a stub known under a name, until it is withdrawn or the process ends
 * @family: "core" for programs of one's own; a family's name otherwise
 * @name:   1 to 255 octets of UTF-8
 *
 * Published twice with the same stub, what is said of it changes.
 * Published again by itself when the gateway comes back, also where somebody else has the name
 * then: as soon as it is free. With VIA_PUBLISH_LATER that holds from the start, once the node has
 * been connected: VIA_OK although it is BUSY or NOT_CONNECTED, and published as soon as it can be;
 * only a first connection that fails is told. Return: VIA_OK, VIA_EXISTS, VIA_BUSY (a session of
 * the same identity has it, which lost its link and is not given up yet; or a limit), VIA_DENIED,
 * VIA_NOT_CONNECTED, VIA_INVALID,
 * ...
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_publish(struct via_node *node, const char *family,
                                                         const char *name, struct via_stub *stub,
                                                         const struct via_publish_options *options);
VIA_PUBLIC enum via_status via_node_withdraw(struct via_node *node, const char *family,
                                             const char *name, struct via_stub *stub);

/** struct via_entry - one name of the directory; strings borrowed */
struct via_entry {
    const char *family, *name, *class_name, *protocol, *info;
    uint32_t flags, mode, message_size;
    int32_t pid;
    uint32_t uid, gid;
    uint32_t number; /* the object's, or what the name stands for; 0: none */
};

/**
 * via_node_find() - a proxy by name
 * @family:  NULL for any
 * @wait_ms: how long to wait for a name that is not there yet: 0 not at all, UINT32_MAX for ever
 * @proxyp:  set on VIA_OK, a new count
 *
 * Waiters are served in order of arrival.
 * Return: VIA_OK, VIA_NOT_FOUND, VIA_DENIED, VIA_NOT_CONNECTED, ...
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_find(struct via_node *node, const char *family,
                                                      const char *name, uint32_t wait_ms,
                                                      struct via_proxy **proxyp);

/* ---- names through bindings ---- */

/** struct via_found - a service that was found through the gateway's bindings */
struct via_found {
    struct via_proxy *proxy;  /* a count; of this process, too */
    struct via_entry entry;   /* what the directory says of it; its strings stand in @words */
    struct via_parcel *words; /* a count */
};
/** via_found_clear() - gives both counts back; one that is all zero is left alone */
VIA_PUBLIC void via_found_clear(struct via_found *found);

/**
 * via_node_find_bound() - the service to which the gateway has bound one of our own interfaces
 * @family:    whose bindings
 * @interface: our own name for it; the service's may be another
 * @protocol:  what we speak, for lists of those who wait; NULL: nothing. Nobody compares it: look
 *             at @found's entry
 * @wait_ms:   how long to wait for a binding and for the service: 0 not at all, UINT32_MAX for ever
 * @found:     set on VIA_OK; via_found_clear() it
 *
 * Waiters are served in order of arrival, and judged again when bindings change.
 * Return: VIA_OK         it is there
 *         VIA_NOT_FOUND  bound, but the service is not there; or nothing came of it within @wait_ms
 *         VIA_DENIED     not bound, and not to be waited for; or the service's mode forbids it
 *         VIA_BUSY       as many wait as the gateway allows
 *         VIA_NOT_CONNECTED, ...
 * Thread: any; waits.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_node_find_bound(struct via_node *node, const char *family, const char *interface,
                    const char *protocol, uint32_t wait_ms, struct via_found *found);

struct via_finding;
/** typedef via_found_fn - the outcome of a finding; @found is borrowed, NULL unless VIA_OK:
 * via_proxy_ref() what is to stay */
typedef void (*via_found_fn)(void *user, enum via_status status, const struct via_found *found);
/**
 * via_node_find_bound_async() - the same without waiting, for as long as it takes
 * @fn:       runs exactly once on a worker if this returns VIA_OK, never if not
 * @findingp: to cancel it with; owned, via_finding_unref() it; may be NULL
 *
 * Waits for ever, without a thread: for a binding, for the service, for a gateway that is gone and
 * comes back. Outcomes: VIA_OK; VIA_CANCELLED; VIA_DENIED by the service's mode; VIA_DEAD when the
 * node is closed; VIA_INVALID, VIA_UNSUPPORTED, ... as the gateway said.
 * Return: VIA_OK, VIA_INVALID, VIA_NO_MEMORY; while there has never been a connection, also why
 * there is none, as via_node_connect(), after at most connect_ms.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_node_find_bound_async(struct via_node *node, const char *family, const char *interface,
                          const char *protocol, via_found_fn fn, void *user,
                          struct via_finding **findingp);
/** via_finding_cancel() - asks for an early end: the outcome still comes, VIA_CANCELLED unless it
 * was on its way. NULL allowed. Thread: any. */
VIA_PUBLIC void via_finding_cancel(struct via_finding *finding);
/** via_finding_unref() - NULL allowed; returns NULL. One that is not cancelled goes on. */
VIA_PUBLIC struct via_finding *via_finding_unref(struct via_finding *finding);

/* ---- numbers ---- */

#define VIA_NUMBER_FIRST 0x40000000u
#define VIA_NUMBER_LAST 0x7ffffffeu

/**
 * via_stub_number() - a number for a stub, by which everyone at its gateway can find it
 * @mode:    who on this host may, as a file's mode; 0: 0666. On other hosts those may who have a
 *           reference to it, or find it by a name
 * @numberp: set on VIA_OK; the same each time, VIA_NUMBER_FIRST to VIA_NUMBER_LAST
 *
 * For families whose programs carry numbers in place of references. It may be passed on at once:
 * the gateway knows it before whoever gets it can ask. It is the stub's until that is withdrawn,
 * and the stub stays until then; nobody has it again while anyone holds the stub, and for long
 * after. When the gateway comes back, or another one in its place, the stub has it as before.
 *
 * Return: VIA_OK             now and then after a question to the gateway
 *         VIA_BUSY           as many numbers as the gateway allows, or its link stays full
 *         VIA_DEAD           the stub has been withdrawn
 *         VIA_NOT_CONNECTED, VIA_NO_MEMORY, VIA_INVALID, ...
 * Thread: any. In the child of a fork the stub has none.
 * Source: docs/PROTOCOL.md, "Numbers".
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_stub_number(struct via_stub *stub, uint32_t mode,
                                                        uint32_t *numberp);
/**
 * via_node_find_number() - a proxy by number
 * @proxyp: set on VIA_OK, a new count
 *
 * The gateway is asked once; then the node holds the object until it dies.
 * Return: VIA_OK, VIA_NOT_FOUND (there is none, or none that may be found from another host),
 * VIA_DENIED, VIA_NOT_CONNECTED, ... Thread: any; waits.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_find_number(struct via_node *node, uint32_t number,
                                                             struct via_proxy **proxyp);
/** via_proxy_number() - the number of an object that has one; likewise asked once. VIA_OK,
 * VIA_NOT_FOUND, VIA_DEAD, VIA_NOT_CONNECTED, ... */
VIA_PUBLIC VIA_MUST_USE enum via_status via_proxy_number(struct via_proxy *proxy,
                                                         uint32_t *numberp);
/**
 * via_node_publish_number() - a name that stands for a number alone
 * @number: anyone's, or nobody's
 *
 * It stays when the object that has the number dies, and until it is withdrawn or the process ends.
 * Whoever finds the name is given the object, if there is one then that this process may call.
 * When the gateway comes back, what is denied then is given up after a minute, or at once where the
 * number was one of this process's own and its object has ended; and so is a name for one of its
 * numbers that somebody else has been given meanwhile.
 * Return and the rest: as via_node_publish(); VIA_DENIED on another host for a number whose object
 * it may not call. VIA_PUBLISH_OPENS and VIA_PUBLISH_DUPLICATES are VIA_INVALID.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_node_publish_number(struct via_node *node, const char *family, const char *name,
                        uint32_t number, const struct via_publish_options *options);
VIA_PUBLIC enum via_status via_node_withdraw_number(struct via_node *node, const char *family,
                                                    const char *name);
/**
 * via_node_find_prefix() - how far a path is known by name
 * @found: set on VIA_OK, via_found_clear() it: the name that is @path, or the longest beginning of
 *         it that ends before a slash, or "/" where @path begins with one. Its proxy is NULL where
 *         that stands for a number that no object has
 *
 * One question, however long the path. Return: VIA_OK, VIA_NOT_FOUND, VIA_DENIED (by that name's
 * mode), VIA_NOT_CONNECTED, ... Thread: any; waits.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_find_prefix(struct via_node *node,
                                                             const char *family, const char *path,
                                                             struct via_found *found);
/** struct via_place - something that an object's owner knows by an id */
struct via_place {
    uint32_t number; /* of the object; via_node_find_number() */
    uint64_t id;
};

/** struct via_outcome - what became of a message: delivered with VIA_OK, and then error is 0, or
 * negative: the server's own, or why its answer is none */
struct via_outcome {
    enum via_status status;
    int32_t error;
};

/** struct via_walk - set @size to sizeof before the call */
struct via_walk {
    size_t size;
    uint32_t priority;          /* of the messages; before the call, like asks_mode */
    int asks_mode;              /* 1: the node is asked for its mode, if it is found */
    struct via_outcome outcome; /* of the way */
    struct via_place node;      /* what is there, or as far as the way is known */
    struct via_place device;    /* what that stands for */
    struct via_outcome mode_outcome;
    int64_t mode;
};

/**
 * via_node_walk() - where a path leads: the gateway asks, in this process's name
 * @walk: what is to be set before; the rest is set on VIA_OK
 *
 * One question, however many servers the path leads through. They cannot tell it from this
 * process's own messages; each is asked as mtLookup does it, by the rights of this process. A
 * signal ends it as it ends a call, if interruptions are heeded: its outcome is VIA_CANCELLED.
 * Return: VIA_OK, VIA_NOT_FOUND (no name leads there), VIA_DENIED (by that name's mode); VIA_BUSY,
 * VIA_TOO_LARGE, VIA_UNSUPPORTED (another family, or an older gateway): ask the servers yourself;
 * VIA_NOT_CONNECTED, ... Thread: any; waits.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_walk(struct via_node *node, const char *family,
                                                      const char *path, struct via_walk *walk);

/** via_node_list() - calls @fn for each name that matches @pattern (* and ?; NULL: all), in order
 * of name */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_node_list(struct via_node *node, const char *family, const char *pattern,
              void (*fn)(void *user, const struct via_entry *entry), void *user);

enum via_notice { VIA_APPEAR = 1, VIA_CHANGE = 2, VIA_GONE = 3 };
/**
 * via_node_watch_names() - be told of names as they come, change and go; first of those that are
 * there
 * @class_name: only those of this class; NULL: any
 *
 * Goes on by itself when the gateway comes back: names that went meanwhile are told as gone, new
 * ones as come, those that belong to another process or say something else as changed, and of those
 * that stayed nothing.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_node_watch_names(struct via_node *node, const char *family, const char *pattern,
                     const char *class_name,
                     void (*fn)(void *user, enum via_notice notice, const struct via_entry *entry),
                     void *user, struct via_subscription **subscriptionp);

/** via_node_spawn() - starts @library in a child process on the gateway's host, if its config
 * allows it.
 * @resultp: the family's own error. */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_spawn(struct via_node *node, const char *library,
                                                       uint32_t timeout_ms, int32_t *resultp,
                                                       struct via_proxy **proxyp);

/** via_node_ping() - one round trip to the gateway and back. @microsecondsp: how long it took; may
 * be NULL */
VIA_PUBLIC VIA_MUST_USE enum via_status via_node_ping(struct via_node *node, uint32_t timeout_ms,
                                                      uint64_t *microsecondsp);

#ifdef __cplusplus
}
#endif
