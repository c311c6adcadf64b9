/*
 * table.h
 *	  What a recipe has to know of a table as such: how big it is, whether it has
 *	  a row, whether triggers of users change rows before they are stored.
 */
#ifndef GRADUAL_TABLE_H
#define GRADUAL_TABLE_H

#include "script/script.h"

/* A real table or view, on which the caller holds ACCESS SHARE; its leaves are locked so too. */
extern GradualTable *gradual_table_real(GradualScript *script, Oid oid);

/* Note which of the script's real tables are above which. */
extern void gradual_table_relate(GradualScript *script);

/* One that the script creates. */
extern GradualTable *gradual_table_created(GradualScript *script, char *qualified,
										   const char *name, char relkind);

#endif							/* GRADUAL_TABLE_H */
