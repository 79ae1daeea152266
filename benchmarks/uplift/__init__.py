"""Uplift on the e-mail test of Hillstrom: does targeting pay, and does Retinue say so only where it does?"""
