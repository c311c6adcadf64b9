/*
 * connect.h
 *	  Connecting a worker, and whether a worker that cannot go on comes back.
 */
#ifndef GRADUAL_CONNECT_H
#define GRADUAL_CONNECT_H

#include "run/launch.h"

/*
 * First thing in the worker's process: signals, then the database as the role
 * that 'extra' names.  Where that cannot be the process ends, for good unless
 * the reason passes.
 */
extern void gradual_connect_worker(const GradualWorkerExtra *extra);

/*
 * Does what raised this pass without anybody changing the migration: a full
 * disk, no free connection, a cancel, a lock?  Then to come back later helps.
 */
extern bool gradual_error_passes(int sqlerrcode);

#endif							/* GRADUAL_CONNECT_H */
