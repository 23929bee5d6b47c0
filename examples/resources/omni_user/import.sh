terraform import omni_user.ann 'ann@example.com'
