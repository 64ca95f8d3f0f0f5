// Each of these takes a machine's time for itself: two at once would measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
