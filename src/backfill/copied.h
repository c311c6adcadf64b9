/*
 * copied.h
 *	  Which rows of a copied table have a copy already, because a trigger made it.
 */
#ifndef GRADUAL_COPIED_H
#define GRADUAL_COPIED_H

/*
 * A condition for the WHERE of the SELECT: the row has no copy yet.  Raises
 * 55000 if the copies can no longer be told by a key of the source.
 */
extern char *gradual_copied_condition(const char *sql, const char *walks);

#endif							/* GRADUAL_COPIED_H */
