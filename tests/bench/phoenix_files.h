/*
 * What is measured of Phoenix's files: the driver's orders, and the message by which a server that
 * counts is asked how many it has received.
 */
#pragma once

#define PHOENIX_FILES_DIR "/bench"
#define PHOENIX_FILES_PATH PHOENIX_FILES_DIR "/file" /* of two components */
#define PHOENIX_FILES_SIZE (64u << 20)

/* order->size of the driver that opens: what a call's time is. Of a count it is 1,000 for each. */
enum phoenix_files_figure {
    PHOENIX_FILES_TIME,
    PHOENIX_FILES_QUESTIONS, /* the gateway was asked */
    PHOENIX_FILES_MESSAGES,  /* servers were sent by the driver */
    PHOENIX_FILES_RECEIVED   /* the server received, whoever sent them */
};

#define PHOENIX_FILES_COUNT 0x6f01 /* a message's type: o.err is how many were received before */
