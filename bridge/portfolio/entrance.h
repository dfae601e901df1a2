/*
 * What makes a port of this process one that others can send to: an object of the core's, its
 * gateway-wide number, and its name in the directory.
 */
#pragma once

#include "bridge/portfolio/inbox.h"
#include "include/portfolio/types.h"

#define ENTRANCE_FAMILY "portfolio"     /* of names in the directory */
#define ENTRANCE_CLASS "portfolio-port" /* of what is published */

struct entrance;

/* Calls come to @inbox; *numberp is 0 where no gateway gives one. NOMEM. */
Err entrance_open(struct inbox *inbox, struct entrance **entrancep, Item *numberp);
/* The port's own number, whoever gave it: it has one from now on. */
void entrance_set_port(struct entrance *entrance, Item port);
/* Others find it by that name. 0, also where nobody lets it; ER_Kr_UniqueItemExists: another has
 * the name, and one of the two wants it for itself; BADPRIV: nobody can tell whether it has it for
 * itself; NOMEM. It may wait. */
Err entrance_publish(struct entrance *entrance, const char *name, bool is_unique);
/* Nobody sends there any more, nor can. No lock held; NULL is allowed. */
void entrance_close(struct entrance *entrance);

/* The port's object for parcels, borrowed. */
struct via_proxy *entrance_proxy(const struct entrance *entrance);
/* The number of the port whose object that is. 0: it is no port's of this process. */
Item entrance_port_of(const struct via_proxy *proxy);
