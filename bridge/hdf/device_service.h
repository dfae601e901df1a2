/*
 * A node's service for other processes: a name in the directory, and a stub that gives each client
 * an object of its own.
 */
#pragma once

#include "bridge/hdf/device.h"

/* Under its name. HDF_DEV_ERR_PUBLISH_FAIL: another has it, or the gateway refuses; where that is
 * away, or keeps the name for a process of this identity that died, it is published later. */
int32_t device_service_publish(struct device_node *node);
/* Under its name, which is not listed: who opens it wakes the driver. */
int32_t device_service_offer(struct device_node *node);
/* What is said of it. */
int32_t device_service_update(struct device_node *node);
/* It dies for everyone who holds it. */
void device_service_withdraw(struct device_node *node);

/* What stands in the directory beside a service's name. */
struct device_notice {
    uint16_t device_class;
    uint32_t id;
};
#define DEVICE_NOTICE_SIZE 64u
void device_notice_write(char text[DEVICE_NOTICE_SIZE], const struct device_notice *notice);
/* False: it is none. */
bool device_notice_read(const char *text, struct device_notice *notice);
