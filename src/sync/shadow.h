/*
 * shadow.h
 *	  The shadow of a column that gets another type: what the old column's value
 *	  is in the new type.
 */
#ifndef GRADUAL_SYNC_SHADOW_H
#define GRADUAL_SYNC_SHADOW_H

#include "sync/compile.h"
#include "sync/row.h"

/* Give the shadow the value that follows from the row, if it may have another one. */
extern void gradual_sync_shadow(GradualSyncRow *row, GradualSyncColumn *column);

#endif							/* GRADUAL_SYNC_SHADOW_H */
