"""Is a claim right at one point, as far as its judges can tell?"""
