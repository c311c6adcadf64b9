/*
 * sample.h
 *	  A few rows of the real tables, in their clones.
 */
#ifndef GRADUAL_SAMPLE_H
#define GRADUAL_SAMPLE_H

#include "nodes/pg_list.h"

/* Rows of one table that a statement of the script is about. */
typedef struct GradualSampleWish
{
	Oid			oid;			/* the real table */
	char	   *where;			/* over the row's own columns, names
								 * qualified; NULL = any */
} GradualSampleWish;

typedef struct GradualSample
{
	List	   *wishes;			/* of GradualSampleWish * */
	int			rows;			/* for each of them */
} GradualSample;

/*
 * Copy rows of a real table into its empty clone: for each wish that names the
 * table so many rows that satisfy it.  A wish that only
 * holds for the table as the script will have it (it names a column that the
 * script adds) gets the first rows of the table, of any kind, and more of them.
 *
 * In a transaction, as a role that may read the table, with an active snapshot;
 * reads it under ACCESS SHARE.  Raises what the wish's expression raises.
 */
extern void gradual_sample_load(const GradualSample *sample, Oid real, Oid clone);

#endif							/* GRADUAL_SAMPLE_H */
