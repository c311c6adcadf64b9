/*
 * pair.h
 *	  A column under two names, the one as good as the other, until contract.
 */
#ifndef GRADUAL_SYNC_PAIR_H
#define GRADUAL_SYNC_PAIR_H

#include "sync/compile.h"
#include "sync/row.h"

/* Make the two columns of a pair agree in NEW. */
extern void gradual_sync_pair(GradualSyncRow *row, GradualSyncColumn *column);

#endif							/* GRADUAL_SYNC_PAIR_H */
