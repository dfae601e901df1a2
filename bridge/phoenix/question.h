/*
 * Questions to servers that are asked again when a signal came before the server saw them.
 */
#pragma once

#include <stdbool.h>
#include <sys/msg.h>

#include "bridge/phoenix/walk.h"

/* To msg->oid.port. What the server answered, or why it was not asked: negative then. */
int question_ask(msg_t *msg);
/* What the server answered, of a message that was delivered: a number that can be an error's. */
int question_answer(const msg_t *msg);
/* lookup(); either may be NULL. */
int question_look_up(const char *path, oid_t *fil, oid_t *dev);
/* The same, in one question where the gateway walks; fil and dev of @end are set with 0. With
 * @asks_mode mode_result and mode are those of question_mode(). */
int question_walk(const char *path, bool asks_mode, struct walk_end *end);
/* S_IF* and permissions. Drivers that know no such attribute are no symbolic links: 0. */
int question_mode(const oid_t *fil, unsigned int *modep);
/* About a name in a directory; borrows @name. */
msg_t question_of_name(int type, const oid_t *dir, const char *name);
bool question_is_same(const oid_t *oid, const oid_t *other);
/* An attribute of an object's. */
int question_attribute(const oid_t *oid, int type, long long *valuep);
/* What has this name there; either may be NULL. -ENOTDIR: something else than the whole of it. */
int question_find_in(const oid_t *dir, const char *name, oid_t *fil, oid_t *dev);
