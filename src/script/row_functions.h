/*
 * row_functions.h
 *	  Functions that take or return rows of a table which has a clone.
 */
#ifndef GRADUAL_ROW_FUNCTIONS_H
#define GRADUAL_ROW_FUNCTIONS_H

/*
 * From here on they are functions over rows of the other table, its clone:
 * statements of the script call them with such, and say this type where they
 * replace, alter or drop them.  Or back again.  Returns the column, in words, for
 * whose sake some stay as they are; or NULL.
 */
extern char *gradual_row_functions_follow(Oid table, Oid other);

#endif							/* GRADUAL_ROW_FUNCTIONS_H */
