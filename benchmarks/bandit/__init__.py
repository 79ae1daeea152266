"""What real logs of choices can carry: Open Bandit's clicks, and the coupons of The Complete Journey."""
