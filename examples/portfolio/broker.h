/*
 * Questions to the event broker, one after the other, all with one message.
 */
#pragma once

#include "event.h"
#include "msgport.h"

typedef struct Broker {
    Item port;      /* the broker's */
    Item replyPort; /* ours, where the message comes back to */
    Item msgItem;
    Message *msg; /* what is in it: the answer, until the next question */
} Broker;

/* Finds the broker. name: our port's, by which others see us; NULL for none. bufferSize: octets of
 * the longest question and of the longest answer. 0, or what is wrong. */
Err OpenBroker(Broker *broker, const char *name, int32 bufferSize);
/* Sends a request and waits until it comes back. Negative: what is wrong; else the broker's result,
 * and what it has to say besides is in broker->msg. */
int32 AskBroker(Broker *broker, const void *request, int32 size);
/* The number of an event of our own, the same one for whoever asks for that name. It is not one of
 * the user interface: it is heard whoever has the focus. */
int32 NumberOfEvent(Broker *broker, const char *name);
/* The broker sees that our port is gone, and forgets us. */
void CloseBroker(Broker *broker);
