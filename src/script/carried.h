/*
 * carried.h
 *	  ALTER COLUMN .. TYPE: what it does to a column, and what hangs on the
 *	  column that has to come along.  Plain data.
 */
#ifndef GRADUAL_CARRIED_H
#define GRADUAL_CARRIED_H

#include "nodes/pg_list.h"

/* One column that gets another type. */
typedef struct GradualRetype
{
	char	   *column;			/* not quoted */
	char	   *type;			/* the new one, with modifier and COLLATE */
	char	   *old_type;
	bool		in_place;		/* a change of the catalog: no row, no index
								 * and no constraint is looked at */
	bool		widens;			/* what the running application does with the
								 * column works as before */

	/* State of the rehearsal */
	Oid			old_type_id;
	bool		rewrites;
	char	   *indexes_before;
} GradualRetype;

#endif							/* GRADUAL_CARRIED_H */
