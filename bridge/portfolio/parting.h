/*
 * A message that is about to leave this process: what of it goes along.
 */
#pragma once

#include "bridge/portfolio/message.h"
#include "codecs/portfolio_message.h"
#include "codecs/portfolio_name.h"

struct via_parcel;
struct via_proxy;

/* What is to be known of a message before it goes. */
struct parting {
    struct portfolio_message said;
    char name[PORTFOLIO_NAME_MAX + 1];
    struct via_proxy *reply_port; /* a count; NULL: none */
    struct via_call *call;        /* a count; of another process's message */
    bool is_own;                  /* it comes back to the task that sends it */
    uint32 flavor;                /* for a broker; 0: it is for none, or has none */
};

/* 0, or why @task may not send it: BADITEM, NOTOWNER, BADPTR, BADSIZE. The Items' lock held. */
Err parting_check(const struct message *message, const struct task *task,
                  const struct words *words);
/* Likewise; it is parting_clear()ed, if 0. The lock held. */
Err parting_note(const struct message *message, const struct task *task, const struct words *words,
                 struct parting *parting);
/* Its flavor, if it went to a broker. 0: it has none. */
uint32 parting_flavor(const struct parting *parting);
void parting_clear(struct parting *parting);
/* What is sent. No lock held; it may wait. NOMEM, BADSIZE. */
Err parting_pack(const struct parting *parting, struct via_parcel **parcelp);
