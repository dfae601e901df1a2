/* What the sample's driver and its clients agree on. */
#pragma once

#define SAMPLE_WRITE_READ 1 /* a string goes in, and comes back as an event */
