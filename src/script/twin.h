/*
 * twin.h
 *	  What a second column needs to be as good as the first: indexes, grants, and
 *	  triggers that listen to it.
 */
#ifndef GRADUAL_TWIN_H
#define GRADUAL_TWIN_H

#include "script/rehearsal.h"

/*
 * Of GradualTwinIndex *: indexes of the clone that mention the column, which is
 * called 'to' there, and those that partitions of the real table have alone.
 */
extern List *gradual_twin_indexes(GradualRehearsal *rehearsal, const GradualRelation *relation,
								  const char *from, const char *to);

/* Of char *: GRANTs that give for 'to' what was granted for column 'from'. */
extern List *gradual_twin_grants(const GradualRelation *relation, const char *from,
								 const char *to);

/*
 * Of GradualListener *: triggers on the real table with UPDATE OF 'from', in the
 * names that hold before the swap.
 */
extern List *gradual_twin_listeners(const GradualRehearsal *rehearsal,
									const GradualRelation *relation, const char *from);

#endif							/* GRADUAL_TWIN_H */
