/*
 * helpers.h
 *	  The workers that share a backfill with the migration's own, its leader.
 */
#ifndef GRADUAL_HELPERS_H
#define GRADUAL_HELPERS_H

#include "run/launch.h"
#include "run/run.h"

/*
 * By the leader, between ticks: while its backfill is divided, see to it that
 * there are as many helpers as the migration wants, if there is room and work
 * for them; what is missing stands in run->shortage.  Afterwards run->helped says whether
 * some of them have not left yet.  Outside any transaction.
 */
extern void gradual_helpers_keep(GradualRun *run, const GradualWorkerExtra *leader);

#endif							/* GRADUAL_HELPERS_H */
