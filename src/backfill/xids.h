/*
 * xids.h
 *	  Our own transactions, in their order.
 */
#ifndef GRADUAL_XIDS_H
#define GRADUAL_XIDS_H

/* Made zeroed by palloc; the numbers are in the same memory. */
typedef struct GradualXids
{
	int			count;
	int			max;
	TransactionId *xids;
} GradualXids;

/*
 * The transaction at hand, later than all others; nothing if it has no number.
 * When there are 'most' the older half is forgotten.
 */
extern void gradual_xids_add(GradualXids *xids, TransactionId xid, int most);

/* Invalid if there is none; NULL = there are none. */
extern TransactionId gradual_xids_last(const GradualXids *xids);
extern bool gradual_xids_contain(const GradualXids *xids, TransactionId xid);

extern void gradual_xids_free(GradualXids *xids);

#endif							/* GRADUAL_XIDS_H */
